import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { download, fileName } from '../../lib/download';
import { CalendarIcon, ShareIcon } from '../../ui/icons';
import { toast } from '../../ui/Toasts';
import { calendarFile } from './calendar';

/** Tells others, and one's calendar. */
export const ShareButtons = ({ event }: { event: Event }) => {
  const { t } = useTranslation('event');
  const url = `${location.origin}/events/${event.id}`;
  const share = async () => {
    if (navigator.share) {
      // A person who changes their mind is no error.
      await navigator.share({ title: event.name, url }).catch(() => undefined);
      return;
    }
    await navigator.clipboard?.writeText(url);
    toast(t('shared'));
  };
  return (
    <>
      <Button size="sm" variant="default" leftSection={<ShareIcon />} onClick={() => void share()}>
        {t('share')}
      </Button>
      <Button
        size="sm"
        variant="default"
        leftSection={<CalendarIcon />}
        onClick={() => download(calendarFile(event, url, now()), 'text/calendar', fileName(event.name, 'ics'))}
      >
        {t('calendar')}
      </Button>
    </>
  );
};
