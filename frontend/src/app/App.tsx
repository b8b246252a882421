import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Look } from './Look';
import { queryClient } from './queries';
import type { AppRouter } from './router';

export const App = ({ router }: { router: AppRouter }) => (
  <QueryClientProvider client={queryClient}>
    <Look>
      <RouterProvider router={router} />
    </Look>
  </QueryClientProvider>
);
