import { Button, NativeSelect } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import { PlusIcon } from '../../ui/icons';
import { Notice } from '../../ui/Notice';
import { currenciesIn } from './currency';
import form_ from './EventForm.module.css';
import { TicketTypeField } from './TicketTypeField';
import type { EventForm } from './useEventForm';

/** Ticket types in the order in which buyers see them, all in one currency. */
export const TicketTypeFields = ({ form }: { form: EventForm }) => {
  const { t } = useTranslation('organise');
  const { locale } = useFormat();
  const { draft, sections } = form;
  const wrong = form.errorAt('body.ticketTypes');
  const list = useRef<HTMLDivElement>(null);
  const shown = useRef(draft.ticketTypes.length);
  useEffect(() => {
    if (draft.ticketTypes.length > shown.current) list.current?.querySelector<HTMLElement>('article:last-of-type input')?.focus();
    shown.current = draft.ticketTypes.length;
  }, [draft.ticketTypes.length]);
  return (
    <section className={form_.part} aria-labelledby="tickets">
      <h2 id="tickets" className={form_.heading}>
        {t('editor.tickets')}
      </h2>
      {!draft.hallId && <p className={form_.hint}>{t('editor.ticketsNeedHall')}</p>}
      {form.base?.status === 'published' && <Notice kind="info" title={t('editor.publishedHint')} />}
      {draft.ticketTypes.length > 0 && (
        <NativeSelect {...form.field('currency')} label={t('field.currency')} w="min(20rem, 100%)">
          {currenciesIn(locale, draft.currency).map(({ code, name }) => (
            <option key={code} value={code}>
              {`${name} (${code})`}
            </option>
          ))}
        </NativeSelect>
      )}
      <div ref={list} style={{ display: 'contents' }}>
        {draft.ticketTypes.map((type, i) => (
          <TicketTypeField
            key={type.key}
            form={form}
            type={type}
            at={`body.ticketTypes[${i}]`}
            first={i === 0}
            last={i === draft.ticketTypes.length - 1}
          />
        ))}
      </div>
      {wrong && <p className={form_.wrong}>{wrong}</p>}
      <div>
        <Button
          variant="default"
          leftSection={<PlusIcon />}
          disabled={!draft.hallId}
          onClick={() => form.change({ do: 'addType', sections })}
        >
          {t('editor.addType')}
        </Button>
      </div>
    </section>
  );
};
