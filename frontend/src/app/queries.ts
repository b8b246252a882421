import { QueryClient } from '@tanstack/react-query';
import { asProblem } from '../lib/problem';

/** What passes is tried again, what the API refused is not: a missing event stays missing. */
export const shouldRetry = (failures: number, error: Error): boolean => asProblem(error).passing && failures < 3;

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        retryDelay: (attempt, error) => (asProblem(error).retryAfter ?? Math.min(2 ** attempt, 8)) * 1000,
        staleTime: 10_000,
        gcTime: 10 * 60_000,
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });

export const queryClient = makeQueryClient();
