import { EventCard } from './EventCard';
import './events.css';
import { useEvents } from './useEvents';

const skeletons = ['a', 'b', 'c', 'd', 'e', 'f'];

export const EventList = () => {
  const { events, next, status, load } = useEvents();
  return (
    <section aria-labelledby="upcoming" aria-busy={status === 'loading'}>
      <h2 id="upcoming">Coming up</h2>
      <p className="visually-hidden" role="status">
        {status === 'loading' ? 'Loading events' : status === 'ready' ? `${events.length} events shown` : ''}
      </p>
      <ul className="cards">
        {events.map((event) => (
          <li key={event.id}>
            <EventCard event={event} />
          </li>
        ))}
        {status === 'loading' &&
          events.length === 0 &&
          skeletons.map((key) => <li key={key} className="card card-loading" aria-hidden="true" />)}
      </ul>
      {status === 'failed' && (
        <div className="notice" role="alert">
          <p>The events could not be loaded.</p>
          <button type="button" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {status === 'ready' && events.length === 0 && !next && (
        <p className="notice">Nothing is on sale yet. Events appear here as soon as an organiser publishes them.</p>
      )}
      {next && status !== 'failed' && (
        <p className="more">
          <button type="button" onClick={load} disabled={status === 'loading'}>
            Show more
          </button>
        </p>
      )}
    </section>
  );
};
