import './app.css';
import { EventList } from '../features/events/EventList';

export const App = ({ path }: { path: string }) => (
  <>
    <a className="skip" href="#main">
      Skip to the events
    </a>
    <header className="top">
      <a className="brand" href="/">
        <img src="/favicon.svg" alt="" width={32} height={32} /> MyEvents
      </a>
      <nav aria-label="For developers">
        <a href="/docs">API</a>
      </nav>
    </header>
    <main id="main" tabIndex={-1}>
      {path === '/' ? (
        <>
          <div className="hero">
            <h1>Every seat counts once.</h1>
            <p>
              MyEvents puts concerts, carnivals, circuses and everything else with an audience on sale, in any hall of the world.
              Book for yourself and your friends, bring a code to the door, and sit where your ticket says: no seat is ever sold
              twice.
            </p>
          </div>
          <EventList />
        </>
      ) : (
        <div className="hero">
          <h1>There is no page here.</h1>
          <p>
            <a href="/">See what is coming up</a>, or read how to do everything through <a href="/docs">the API</a>.
          </p>
        </div>
      )}
    </main>
    <footer className="bottom">
      <p>
        MyEvents is open source. Everything shown here comes from <a href="/docs">its API</a>, described by{' '}
        <a href="/openapi.json">one OpenAPI document</a>.
      </p>
    </footer>
  </>
);
