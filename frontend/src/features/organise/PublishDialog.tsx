import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { publishEvent } from '../../api/gen/sdk.gen';
import type { Event } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { Dialog } from '../../ui/Dialog';
import { LinkButton } from '../../ui/LinkButton';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import classes from './EventActions.module.css';
import { eventChanged } from './queries';

/** Puts a draft on sale, after saying what that means. */
export const PublishDialog = ({ event, onClose }: { event: Event; onClose(): void }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const queries = useQueryClient();
  const publish = useMutation({
    mutationFn: () => publishEvent({ path: { eventId: event.id } }),
    onSuccess: (published) => {
      eventChanged(queries, published);
      toast(t('publish.done'));
      onClose();
    },
  });
  const edit = (
    <LinkButton to="/organise/events/$eventId/edit" params={{ eventId: event.id }} variant="default">
      {t('edit')}
    </LinkButton>
  );
  if (event.ticketTypes.length === 0)
    return (
      <Dialog open title={t('publish.title')} onClose={onClose}>
        <div className={classes.form}>
          <p>{t('publish.noTypes')}</p>
          <div className={classes.buttons}>{edit}</div>
        </div>
      </Dialog>
    );
  const from = event.onSaleFrom && Date.parse(event.onSaleFrom) > now() ? event.onSaleFrom : undefined;
  return (
    <Dialog open title={t('publish.title')} onClose={onClose}>
      <div className={classes.form}>
        <ul className={classes.effects}>
          <li>{t('publish.public')}</li>
          <li>{from ? t('publish.saleLater', { when: format.when(from, event.timeZone) }) : t('publish.saleNow')}</li>
          <li>
            {t('publish.types', {
              types: format.list(event.ticketTypes.map((type) => `${type.name} (${format.money(type.price)})`)),
            })}
          </li>
          <li>{t('publish.fixed')}</li>
        </ul>
        {publish.error && (
          <ProblemNotice problem={asProblem(publish.error)} focus texts={{ sectionGone: t('publish.sectionGone') }} />
        )}
        <div className={classes.buttons}>
          <Button loading={publish.isPending} onClick={() => publish.mutate()}>
            {t('publish.now')}
          </Button>
          {edit}
        </div>
      </div>
    </Dialog>
  );
};
