import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Event, EventPatch } from '../../api/gen/types.gen';
import { type Format, useFormat } from '../../lib/format';
import { Dialog } from '../../ui/Dialog';
import classes from './Conflict.module.css';
import { fieldsBetween } from './draft';

interface Props {
  /** As it was when the editor was opened. */
  opened: Event;
  /** As somebody else made it since. */
  current: Event;
  /** What is being saved. */
  patch: EventPatch;
  onClose(): void;
  onOverwrite(): void;
  onReload(): void;
}

/** Somebody else changed the event meanwhile: shows what, and lets the person choose. */
export const Conflict = ({ opened, current, patch, onClose, onOverwrite, onReload }: Props) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const theirs = fieldsBetween(opened, current);
  return (
    <Dialog open title={t('conflict.title')} onClose={onClose} size="large">
      <p>{t(theirs.length > 0 ? 'conflict.text' : 'conflict.unseen')}</p>
      {theirs.length > 0 && (
        <ul className={classes.changes}>
          {theirs.map((field) => (
            <li key={field}>
              <strong>{t(`field.${field}`)}</strong>
              <span>
                <del>{shown(opened, field, format) || t('conflict.nothing')}</del>{' '}
                <ins>{shown(current, field, format) || t('conflict.nothing')}</ins>
              </span>
              {field in patch && <span className={classes.both}>{t('conflict.both')}</span>}
            </li>
          ))}
        </ul>
      )}
      <div className={classes.buttons}>
        <Button onClick={onOverwrite}>{t('conflict.overwrite')}</Button>
        <Button variant="default" onClick={onReload}>
          {t('conflict.reload')}
        </Button>
      </div>
    </Dialog>
  );
};

/** A field of an event in words. */
const shown = (e: Event, field: keyof EventPatch, format: Format): string => {
  const when = (iso: string | undefined): string => (iso ? format.when(iso, e.timeZone) : '');
  switch (field) {
    case 'startsAt':
    case 'endsAt':
    case 'doorsAt':
    case 'onSaleFrom':
    case 'onSaleUntil':
      return when(e[field]);
    case 'cancellation':
      return when(e.cancellation?.until);
    case 'performers':
      return format.list(e.performers ?? []);
    case 'ticketTypes':
      return format.list(e.ticketTypes.map((type) => `${type.name} ${format.money(type.price)}`));
    case 'locationId':
      return e.location.name;
    case 'hallId':
      return e.location.hall ?? e.hallId;
    case 'perPerson':
      return format.number(e.perPerson);
    default:
      return e[field] ?? '';
  }
};
