import { useTranslation } from 'react-i18next';
import { parseAmount, useFormat } from '../../lib/format';
import { Artwork } from '../../ui/Artwork';
import { CalendarIcon, ClockIcon, PinIcon } from '../../ui/icons';
import { isPicture } from './check';
import { performersIn, timeIn } from './draft';
import classes from './EventPreview.module.css';
import type { EventForm } from './useEventForm';

/** The event as attendees will see it, while it is typed. */
export const EventPreview = ({ form }: { form: EventForm }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const { draft, location, hall, timeZone } = form;
  const starts = timeIn(draft.startsAt, timeZone, draft.known);
  const doors = timeIn(draft.doorsAt, timeZone, draft.known);
  const picture = draft.imageUrl.trim();
  const performers = performersIn(draft.performers);
  const sectionName = new Map(form.sections.map((s) => [s.id, s.name]));
  return (
    <>
      <p className={classes.label}>{t('preview.title')}</p>
      <div className={classes.card}>
        <div className={classes.picture}>
          <Artwork seed={form.base?.id ?? draft.name} src={picture && isPicture(picture) ? picture : undefined} />
        </div>
        <div className={classes.body}>
          {draft.category && (
            <p className={classes.category}>
              {t(`category.${draft.category}` as 'category.other', { defaultValue: draft.category })}
            </p>
          )}
          <p className={classes.name}>{draft.name.trim() || t('preview.unnamed')}</p>
          {performers.length > 0 && <p className={classes.quiet}>{format.list(performers)}</p>}
          <ul className={classes.facts}>
            <li>
              <CalendarIcon />
              {starts ? format.when(starts, timeZone) : <span className={classes.quiet}>{t('preview.noTime')}</span>}
            </li>
            {doors && (
              <li>
                <ClockIcon />
                {t('preview.doors', { time: format.time(doors, timeZone) })}
              </li>
            )}
            <li>
              <PinIcon />
              {location ? (
                <span>{[location.name, hall?.name, location.city].filter(Boolean).join(' · ')}</span>
              ) : (
                <span className={classes.quiet}>{t('preview.noPlace')}</span>
              )}
            </li>
          </ul>
          {draft.description.trim() && <p className={classes.description}>{draft.description.trim()}</p>}
          {draft.ticketTypes.length > 0 && (
            <ul className={classes.types}>
              {draft.ticketTypes.map((type) => {
                const amount = parseAmount(type.price, draft.currency);
                return (
                  <li key={type.key}>
                    <span>
                      <strong>{type.name.trim() || t('editor.typeUnnamed')}</strong>
                      <span className={classes.quiet}>
                        {format.list(type.sectionIds.map((id) => sectionName.get(id) ?? '').filter(Boolean))}
                      </span>
                    </span>
                    <span className={classes.price}>
                      {amount === undefined
                        ? '–'
                        : amount === 0
                          ? t('free', { ns: 'common' })
                          : format.money({ amount, currency: draft.currency })}
                    </span>
                  </li>
                );
              })}
            </ul>
          )}
        </div>
      </div>
    </>
  );
};
