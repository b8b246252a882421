import { TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat, viewerZone } from '../../lib/format';
import form_ from './EventForm.module.css';
import type { EventForm } from './useEventForm';
import { instantOf } from './zone';

type Time = 'startsAt' | 'endsAt' | 'doorsAt' | 'onSaleFrom' | 'onSaleUntil';

/** When it is, by the venue's clocks, and when its tickets are on sale. */
export const TimeFields = ({ form }: { form: EventForm }) => {
  const { t } = useTranslation('organise');
  const published = form.base?.status === 'published';
  return (
    <section className={form_.part} aria-labelledby="when">
      <h2 id="when" className={form_.heading}>
        {t('editor.when')}
      </h2>
      <p className={form_.hint}>
        {form.location || form.base ? t('editor.zone', { zone: form.timeZone }) : t('editor.zoneUnknown')}
      </p>
      <div className={form_.pair}>
        <TimeField form={form} name="startsAt" required readOnly={published} />
        <TimeField form={form} name="endsAt" hint={t('editor.endHint')} />
        <TimeField form={form} name="doorsAt" />
      </div>
      {published && form.base && (
        <p className={form_.hint}>
          {t('editor.startFixed')}{' '}
          <Link to="/organise/events/$eventId" params={{ eventId: form.base.id }}>
            {t('reschedule.title')}
          </Link>
        </p>
      )}
      <div className={form_.pair}>
        <TimeField form={form} name="onSaleFrom" hint={t('editor.saleFromHint')} />
        <TimeField form={form} name="onSaleUntil" hint={t('editor.saleUntilHint')} />
      </div>
    </section>
  );
};

interface FieldProps {
  form: EventForm;
  name: Time;
  hint?: string;
  required?: boolean;
  readOnly?: boolean;
}

const TimeField = ({ form, name, hint, required = false, readOnly = false }: FieldProps) => {
  const { t } = useTranslation('organise');
  return (
    <TextInput
      {...form.field(name)}
      type="datetime-local"
      max="9999-12-31T23:59"
      label={t(`field.${name}`)}
      description={useTimeHint(form.draft[name], form.timeZone) ?? hint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      required={required}
      readOnly={readOnly}
      dir="ltr"
    />
  );
};

/** What a person should know of the time they typed: that clocks show it twice, or what their own show then. */
export const useTimeHint = (wall: string, timeZone: string): string | undefined => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const instant = instantOf(wall, timeZone);
  if (!instant || instant.kind === 'skipped') return undefined;
  if (instant.kind === 'twice') return t('editor.twice');
  const here = timeZone === viewerZone() ? undefined : format.viewerWhen(instant.iso, timeZone);
  return here && t('editor.yourClock', { when: here });
};
