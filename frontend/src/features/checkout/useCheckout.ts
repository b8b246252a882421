import { useRouter } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Purchase } from '../../lib/purchase';
import { type Checkout, createCheckout } from './flow';
import type { State } from './machine';

/** Runs a purchase's checkout while its page is shown. Going to another page of the app gives its places back. */
export const useCheckout = (purchase: Purchase, userId: string): { checkout: Checkout; state: State } => {
  const [checkout] = useState(() => createCheckout(purchase, userId));
  const state = useSyncExternalStore(checkout.subscribe, checkout.state);
  const router = useRouter();
  useEffect(() => checkout.start(), [checkout]);
  useEffect(
    () =>
      router.subscribe('onBeforeNavigate', ({ fromLocation, toLocation }) => {
        const { purchase: to } = toLocation.search as { purchase?: string };
        if (toLocation.pathname !== fromLocation?.pathname || to !== purchase.id) checkout.leave();
      }),
    [router, checkout, purchase.id],
  );
  const underWay = state.step.name === 'paying' && state.step.problem?.status !== 401;
  useEffect(() => {
    if (!underWay) return;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [underWay]);
  return { checkout, state };
};
