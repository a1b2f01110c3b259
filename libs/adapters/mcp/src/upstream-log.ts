/** Where an upstream's troubles are told: for our log, never for a client. Fields hold no argument values. */
export type UpstreamLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void;
