import type { Config, Finding } from '@sallyport/contracts';

/** What holds for connections: told so that it is seen, for it counts before there is a call to probe. */
export function httpLimits({ http }: Pick<Config, 'http'>): Finding {
  const { headers_within, request_within, idle, stalled, ...caps } = http;
  const times = { headers_within, request_within, idle, stalled };
  const said = [
    ...Object.entries(times).map(([name, ms]) => `${name} ${ms} ms`),
    ...Object.entries(caps).map(([name, most]) => `${name} ${most}`),
  ];
  return { about: 'http/limits', fires: true, detail: said.join(', '), hint: '' };
}
