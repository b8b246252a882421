import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import classes from './ShareEvent.module.css';

/** The address at which anybody finds the event. */
export const ShareEvent = ({ event }: { event: Event }) => {
  const { t } = useTranslation(['organise', 'common']);
  const [copied, setCopied] = useState(false);
  const url = `${window.location.origin}/events/${event.id}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      setCopied(false); // the address is there to be copied by hand
    }
  };
  const share = () => void navigator.share({ title: event.name, url }).catch(() => {}); // changing one's mind is no error
  return (
    <section className={classes.share} aria-labelledby="share">
      <h2 id="share">{t('share.title')}</h2>
      <div className={classes.row}>
        <TextInput
          className={classes.url}
          aria-label={t('share.link')}
          value={url}
          readOnly
          dir="ltr"
          onFocus={(e) => e.currentTarget.select()}
        />
        <Button variant="default" onClick={() => void copy()}>
          <span role="status">{t(copied ? 'common:copied' : 'common:copy')}</span>
        </Button>
        {'share' in navigator && (
          <Button variant="default" onClick={share}>
            {t('share.send')}
          </Button>
        )}
      </div>
    </section>
  );
};
