import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { bounds } from './check';
import form_ from './EventForm.module.css';
import { useTimeHint } from './TimeFields';
import type { EventForm } from './useEventForm';

/** What buyers may: how many, and until when they can take it back. */
export const RuleFields = ({ form }: { form: EventForm }) => {
  const { t } = useTranslation('organise');
  const hint = useTimeHint(form.draft.cancelUntil, form.timeZone);
  return (
    <section className={form_.part} aria-labelledby="rules">
      <h2 id="rules" className={form_.heading}>
        {t('editor.rules')}
      </h2>
      <div className={form_.pair}>
        <TextInput
          {...form.field('perPerson')}
          type="number"
          inputMode="numeric"
          min={0}
          max={bounds.perPerson}
          label={t('field.perPerson')}
          description={t('editor.perPersonHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
        />
        <TextInput
          {...form.field('cancelUntil', 'body.cancellation.until')}
          type="datetime-local"
          max="9999-12-31T23:59"
          label={t('field.cancellation')}
          description={hint ?? t('editor.cancelHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          dir="ltr"
        />
      </div>
    </section>
  );
};
