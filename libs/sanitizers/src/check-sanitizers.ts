import type { Config, Finding, SanitizerProbe } from '@sallyport/contracts';
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
    return item.probes(config);
  } catch (error) {
    const context = { tool: null, what: 'result', reference: '', upstream: '' } as const;
    const hint = `The probe of ${item.id} could not be made: ${String(error)}`;
    return [{ about: `sanitize/${item.id}`, value: {}, context, expects: 'a probe', hint }];
  }
}
