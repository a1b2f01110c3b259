import type { Config, Digest, Guard } from '@sallyport/contracts';
import { canonical, sha256 } from '@sallyport/base';

type Settings = Readonly<Record<string, Digest>>;
type Settled = Pick<Guard, 'id' | 'reads' | 'config'>;

/**
 * What identifies the configuration of a guard: two programs with the same digest judge alike. Of upstreams only what is
 * said of their tools: where they are and how we log in there is no matter of guards, and no credential goes in. Nor is it who is
 * told of questions.
 */
export function settingsDigest({ id, reads, config: sections = {} }: Settled, config: Config): Digest {
  const approvals = { ...config.approvals, notify: null };
  const all: Readonly<Record<string, unknown>> = { ...config, approvals, upstreams: toolsOf(config) };
  const read = [...reads, ...Object.keys(sections)].map((name) => [name, all[name]]);
  return sha256(canonical({ id, shadow: config.shadow.includes(id), ...Object.fromEntries(read) }));
}

/** The digest of each guard's configuration, by its id. */
export function settingsOf(guards: readonly Settled[], config: Config): Settings {
  return Object.fromEntries(guards.map((guard) => [guard.id, settingsDigest(guard, config)]));
}

/** Whether all guards have the same configuration in both. */
export function sameSettings(one: Settings, other: Settings): boolean {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((id) => one[id] === other[id]);
}

function toolsOf({ upstreams }: Config): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(upstreams).map(([id, upstream]) => {
      const { tools, prompts, templates, max_argument_bytes = null, detect_paths = null } = upstream;
      const others = { ...(prompts && { prompts }), ...(templates && { templates }) };
      return [id, { tools, ...others, max_argument_bytes, detect_paths }];
    }),
  );
}
