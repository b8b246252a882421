/** What the address of the list says, so that a search can be shared and gone back to. */
export interface DiscoverSearch {
  q?: string;
}

export const parseDiscover = (search: Record<string, unknown>): DiscoverSearch =>
  typeof search.q === 'string' && search.q ? { q: search.q } : {};
