import type { Config, Finding, JsonObject, SanitizeContext, SanitizerProbe } from '@sallyport/contracts';
import { pointerGet } from '@sallyport/base';
import { createSanitize } from './create-sanitize.ts';
import type { ListedSanitizer } from './listed-sanitizer.ts';
import { sanitizers } from './sanitizers.ts';

/**
 * Sends the probes of every sanitizer that is on through it as configured. One that is on and does not fire is worse
 * than none; one that only reports must report and change nothing.
 *
 * @returns one finding per probe; never throws
 */
export function checkSanitizers(config: Config, list: readonly ListedSanitizer[] = sanitizers): readonly Finding[] {
  return list.flatMap((item) => probesOf(item, config).map((probe) => fire(item, config, probe)));
}

function fire(item: ListedSanitizer, config: Config, probe: SanitizerProbe): Finding {
  const { value, changes } = createSanitize(config, [item])(probe.value, probe.context);
  const found = changes.some(({ sanitizer, kind }) => sanitizer === item.id && kind === probe.expects);
  const onlyReports = item.reports?.(config) ?? item.text?.(config)?.mode === 'report';
  const changed = value !== probe.value;
  const kinds = changes.map(({ kind }) => kind).join(', ') || 'nothing';
  const did = changed ? 'changed the message' : 'left the message as it is';
  return {
    about: probe.about,
    fires: found && changed !== onlyReports,
    detail: `found ${kinds} and ${did}`,
    hint: probe.hint,
  };
}

function probesOf(item: ListedSanitizer, config: Config): readonly SanitizerProbe[] {
  try {
    const probes = item.probes(config);
    return item.text ? [...probes, ...elsewhere(probes)] : probes;
  } catch (error) {
    const context = { tool: null, what: 'result', reference: '', upstream: '' } as const;
    const hint = `The probe of ${item.id} could not be made: ${String(error)}`;
    return [{ about: `sanitize/${item.id}`, value: {}, context, expects: 'a probe', hint }];
  }
}

const uri = 'self-check:a';

/** Where else than in the result of a tool a text may stand. */
const places: readonly (readonly [string, SanitizeContext['what'], (text: string) => JsonObject])[] = [
  ['prompt', 'prompt', (text) => ({ messages: [{ role: 'user', content: { type: 'text', text } }] })],
  ['resource', 'resource', (text) => ({ contents: [{ uri, text }] })],
  ['blob', 'resource', (text) => ({ contents: [{ uri, blob: Buffer.from(text).toString('base64') }] })],
  ['completion', 'completion', (text) => ({ completion: { values: [text] } })],
];

/** One text that must be found, in every other place. */
function elsewhere([probe]: readonly SanitizerProbe[]): readonly SanitizerProbe[] {
  if (probe === undefined) return [];
  const text = String(pointerGet(probe.value, '/content/0/text'));
  return places.map(([place, what, put]) => ({
    ...probe,
    about: `${probe.about}/${place}`,
    value: put(text),
    context: { ...probe.context, what, uri },
  }));
}
