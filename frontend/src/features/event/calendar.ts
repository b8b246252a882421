import type { Event } from '../../api/gen/types.gen';

const stamp = (iso: string): string => `${new Date(iso).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')}`;
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll(';', '\\;').replaceAll(',', '\\,').replaceAll(/\r?\n/g, '\\n');

/** Lines of 75 octets at most, the rest indented by a space (RFC 5545, section 3.1). */
const folded = (line: string): string => {
  const lines: string[] = [];
  let part = '';
  let size = 0;
  for (const c of line) {
    const octets = new TextEncoder().encode(c).length;
    if (size + octets > 75) {
      lines.push(part);
      part = ' ';
      size = 1;
    }
    part += c;
    size += octets;
  }
  return [...lines, part].join('\r\n');
};

const threeHours = 3 * 3_600_000; // how long an event takes its hall where its end is not said

/** The event as a file for calendars; url is its page. */
export const calendarFile = (event: Event, url: string, now: number): string => {
  const end = event.endsAt ?? new Date(Date.parse(event.startsAt) + threeHours).toISOString();
  const { name, address, city } = event.location;
  return `${[
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//MyEvents//Web//EN',
    'BEGIN:VEVENT',
    `UID:${event.id}@myevents`,
    `DTSTAMP:${stamp(new Date(now).toISOString())}`,
    `SEQUENCE:${event.version}`,
    `DTSTART:${stamp(event.startsAt)}`,
    `DTEND:${stamp(end)}`,
    `SUMMARY:${escaped(event.name)}`,
    `LOCATION:${escaped([name, address, city].join(', '))}`,
    `URL:${url}`,
    ...(event.status === 'cancelled' ? ['STATUS:CANCELLED'] : []),
    'END:VEVENT',
    'END:VCALENDAR',
  ]
    .map(folded)
    .join('\r\n')}\r\n`;
};
