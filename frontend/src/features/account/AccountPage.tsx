import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getMe } from '../../api/gen/sdk.gen';
import type { User } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { useOnline } from '../../lib/online';
import { asProblem } from '../../lib/problem';
import { signOut } from '../../lib/signIn';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './AccountPage.module.css';
import { DetailsForm } from './DetailsForm';
import { DeviceChoices } from './DeviceChoices';

/** Who one is here, and how the app looks on this device. */
export const AccountPage = () => {
  const { t } = useTranslation('account');
  const online = useOnline();
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => getMe({ signal }) });
  return (
    <Page title={t('title')} width="narrow">
      <div className={classes.cards}>
        {me.data ? (
          <Details me={me.data} />
        ) : me.error ? (
          <ProblemNotice problem={asProblem(me.error)} onRetry={() => void me.refetch()} />
        ) : online ? (
          <div role="status" aria-label={t('loading')} className={classes.card}>
            <Skeleton height={28} width="40%" />
            <Skeleton height={280} mt="md" />
          </div>
        ) : (
          <Notice kind="warn" title={t('offline')} />
        )}
        <DeviceChoices />
        <SignOut />
      </div>
    </Page>
  );
};

const Details = ({ me }: { me: User }) => {
  const { t } = useTranslation('account');
  const { list } = useFormat();
  const roles = (['attendee', 'organiser', 'staff', 'admin'] as const).filter((r) => me.roles.includes(r));
  return (
    <>
      <section className={classes.card} aria-labelledby="details">
        <h2 id="details">{t('details.title')}</h2>
        <DetailsForm me={me} />
      </section>
      <section className={classes.card} aria-labelledby="may">
        <h2 id="may">{t('may.title')}</h2>
        <ul className={classes.roles}>
          {(roles.length > 0 ? roles : (['attendee'] as const)).map((role) => (
            <li key={role}>{t(`may.${role}`)}</li>
          ))}
        </ul>
        {me.organisations.length > 0 && (
          <p className={classes.quiet}>
            {t('may.organisations', { count: me.organisations.length, names: list(me.organisations) })}
          </p>
        )}
      </section>
    </>
  );
};

const SignOut = () => {
  const { t } = useTranslation('account');
  const { t: common } = useTranslation();
  const [leaving, setLeaving] = useState(false);
  return (
    <section className={classes.card} aria-labelledby="sign-out">
      <h2 id="sign-out">{common('signIn.out')}</h2>
      <p className={classes.quiet}>{t('out.text')}</p>
      <Button
        variant="default"
        loading={leaving}
        onClick={() => {
          setLeaving(true);
          void signOut();
        }}
      >
        {common('signIn.out')}
      </Button>
    </section>
  );
};
