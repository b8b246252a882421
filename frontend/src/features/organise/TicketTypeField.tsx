import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Checkbox } from '../../ui/Checkbox';
import { ChevronIcon, CloseIcon } from '../../ui/icons';
import { bounds } from './check';
import type { TypeDraft, TypeTextField } from './draft';
import form_ from './EventForm.module.css';
import { placesOf } from './places';
import classes from './TicketTypeField.module.css';
import type { EventForm } from './useEventForm';

interface Props {
  form: EventForm;
  type: TypeDraft;
  /** As the API would name it: "body.ticketTypes[1]". */
  at: string;
  first: boolean;
  last: boolean;
}

/** One ticket type: what it is called, what it costs, which sections it opens. */
export const TicketTypeField = ({ form, type, at, first, last }: Props) => {
  const { t } = useTranslation('organise');
  const { change, errorAt } = form;
  const name = type.name.trim() || t('editor.typeUnnamed');
  const field = (f: TypeTextField, where = f as string) => ({
    name: `${at}.${where}`,
    value: type[f],
    error: errorAt(`${at}.${where}`),
    onChange: (e: { currentTarget: { value: string } }) =>
      change({ do: 'type', key: type.key, field: f, value: e.currentTarget.value }),
  });
  const [more, setMore] = useState(!!(type.perPerson || type.salesFrom || type.salesUntil));
  const wrongInMore = ['perPerson', 'salesFrom', 'salesUntil'].some((f) => errorAt(`${at}.${f}`));
  return (
    <article className={classes.type} aria-label={name}>
      <div className={classes.bar}>
        <strong>{name}</strong>
        <button
          type="button"
          aria-label={t('editor.up', { name })}
          disabled={first}
          onClick={() => change({ do: 'moveType', key: type.key, by: -1 })}
        >
          <span className={classes.up}>
            <ChevronIcon />
          </span>
        </button>
        <button
          type="button"
          aria-label={t('editor.down', { name })}
          disabled={last}
          onClick={() => change({ do: 'moveType', key: type.key, by: 1 })}
        >
          <span className={classes.down}>
            <ChevronIcon />
          </span>
        </button>
        <button
          type="button"
          aria-label={t('editor.remove', { name })}
          onClick={() => change({ do: 'removeType', key: type.key })}
        >
          <CloseIcon />
        </button>
      </div>
      <div className={classes.pair}>
        <TextInput {...field('name')} label={t('field.typeName')} required autoComplete="off" />
        <TextInput
          {...field('price', 'price.amount')}
          label={t('field.price')}
          required
          inputMode="decimal"
          autoComplete="off"
          dir="ltr"
          rightSection={<span className={classes.currency}>{form.draft.currency}</span>}
          rightSectionWidth="3.5rem"
        />
      </div>
      <Sections form={form} type={type} at={`${at}.sectionIds`} />
      <details className={classes.more} open={more || wrongInMore} onToggle={(e) => setMore(e.currentTarget.open)}>
        <summary>{t('editor.more')}</summary>
        <div className={classes.fields}>
          <TextInput
            {...field('perPerson')}
            type="number"
            inputMode="numeric"
            min={1}
            max={bounds.perPerson}
            label={t('field.typePerPerson')}
          />
          <TextInput {...field('salesFrom')} type="datetime-local" label={t('field.onSaleFrom')} dir="ltr" />
          <TextInput {...field('salesUntil')} type="datetime-local" label={t('field.onSaleUntil')} dir="ltr" />
        </div>
      </details>
    </article>
  );
};

const Sections = ({ form, type, at }: { form: EventForm; type: TypeDraft; at: string }) => {
  const { t } = useTranslation('organise');
  const wrong = form.errorAt(at);
  const gone = type.sectionIds.filter((id) => !form.sections.some((s) => s.id === id));
  const set = (sectionId: string, sold: boolean) => form.change({ do: 'section', key: type.key, sectionId, sold });
  const box = (id: string, label: string) => (
    <Checkbox
      key={id}
      name={at}
      label={label}
      checked={type.sectionIds.includes(id)}
      aria-invalid={wrong ? true : undefined}
      onChange={(e) => set(id, e.currentTarget.checked)}
    />
  );
  return (
    <fieldset className={classes.sections}>
      <legend>{t('field.sectionIds')}</legend>
      {form.sections.map((s) => box(s.id, t('editor.section', { name: s.name, count: placesOf(s) })))}
      {form.hall && gone.map((id) => box(id, t('editor.sectionGone')))}
      {wrong && <p className={form_.wrong}>{wrong}</p>}
    </fieldset>
  );
};
