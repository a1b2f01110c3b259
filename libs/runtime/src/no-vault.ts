import { JournalUnavailable, type Vault } from '@sallyport/contracts';

/** A station judges; what is sealed is opened where people are shown it. */
export const noVault: Vault = {
  open: () => Promise.reject(new JournalUnavailable('a station opens nothing that is sealed')),
};
