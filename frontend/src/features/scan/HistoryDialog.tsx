import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { Dialog } from '../../ui/Dialog';
import classes from './HistoryDialog.module.css';
import type { ScanRecord } from './records';
import type { Door } from './useDoor';
import { useVerdictText } from './VerdictScreen';

const most = 30; // scans that are listed

interface Props {
  open: boolean;
  title: string;
  door: Door;
  event: Event;
  onClose: () => void;
}

/** What was scanned here, newest first; before it, what turned out to be wrong. */
export const HistoryDialog = ({ open, title, door, event, onClose }: Props) => {
  const { t } = useTranslation('scan');
  const conflicts = door.records.filter((r) => r.sync === 'conflict');
  const others = door.records.filter((r) => r.sync !== 'conflict').slice(0, most);
  return (
    <Dialog open={open} title={title} onClose={onClose}>
      {conflicts.length > 0 && (
        <section className={classes.conflicts}>
          <h3>{t('history.conflicts')}</h3>
          <p>{t('history.conflictsText')}</p>
          <ul className={classes.list}>
            {conflicts.map((r) => (
              <Conflict key={r.id} record={r} event={event} onSettle={() => door.settle(r)} />
            ))}
          </ul>
        </section>
      )}
      {others.length > 0 ? (
        <ul className={classes.list}>
          {others.map((r) => (
            <Scan key={r.id} record={r} event={event} />
          ))}
        </ul>
      ) : (
        conflicts.length === 0 && <p>{t('history.empty')}</p>
      )}
    </Dialog>
  );
};

const useTime = (event: Event) => {
  const format = useFormat();
  return (at: number | string) => format.time(new Date(at).toISOString(), event.timeZone);
};

const Scan = ({ record, event }: { record: ScanRecord; event: Event }) => {
  const { t } = useTranslation('scan');
  const time = useTime(event);
  const text = useVerdictText(event)(record.verdict);
  return (
    <li className={classes.scan} data-result={record.verdict.result}>
      <p className={classes.head}>
        <strong>{text.title}</strong>
        <span>{time(record.at)}</span>
      </p>
      <Person text={text} />
      {text.detail.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {record.sync === 'waiting' && <p className={classes.waiting}>{t('history.waiting')}</p>}
    </li>
  );
};

const Person = ({ text }: { text: ReturnType<ReturnType<typeof useVerdictText>> }) => (
  <p>
    {text.name && <bdi>{text.name}</bdi>}
    {text.name && text.seat && ' · '}
    {text.seat}
  </p>
);

const Conflict = ({ record, event, onSettle }: { record: ScanRecord; event: Event; onSettle: () => void }) => {
  const { t } = useTranslation('scan');
  const time = useTime(event);
  const { answer } = record;
  const name = answer?.attendee?.name ?? record.verdict.name;
  const text = useVerdictText(event)({ ...record.verdict, ...(name && { name }) });
  const why =
    answer?.result === 'alreadyIn'
      ? t('history.alreadyIn', { time: time(answer.at) })
      : answer?.reason
        ? t(`result.reason.${answer.reason}`)
        : t('history.notRecorded');
  return (
    <li className={classes.scan} data-result="alreadyIn">
      <p className={classes.head}>
        <strong>{name ? <bdi>{name}</bdi> : t('result.unnamed')}</strong>
        <span>{time(record.at)}</span>
      </p>
      {text.seat && <p>{text.seat}</p>}
      <p>{why}</p>
      <button type="button" className={classes.settle} onClick={onSettle}>
        {t('history.settle')}
      </button>
    </li>
  );
};
