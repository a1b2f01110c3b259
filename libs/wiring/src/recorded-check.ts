import { readJournal } from '@sallyport/adapter-sqlite';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { loadConfig, type LoadedConfig, NotServed } from '@sallyport/config';
import type { Catalog } from '@sallyport/contracts';
import { type ActivePolicies, type RecordedPolicies, recordedPolicies } from '@sallyport/runtime';

/** Policies that were compiled, and what they are about. */
export interface CompiledPolicies {
  readonly loaded: LoadedConfig;
  readonly active: ActivePolicies;
  readonly catalog: Catalog;
}

export interface RecordedCheckOptions {
  readonly config?: string | undefined;
  /** Whether to check with what is on record, even where that is not a definition of every server. */
  readonly always: boolean;
  /** Told what was not checked, and what checks it. */
  readonly note: (text: string) => void;
}

/**
 * Compiles policies against the approved definitions in the record: nothing is started, and an instance may run meanwhile.
 * Null where some server has no approved definition, unless `always`.
 *
 * @throws NotServed for a configuration or policies that can't be used
 */
export async function checkRecorded({ config, always, note }: RecordedCheckOptions): Promise<CompiledPolicies | null> {
  const answer = await loadConfig(config);
  if (!answer.ok) throw new NotServed(answer.problems);
  const { loaded } = answer;
  return withRecord(loaded, always, async (record) => {
    const policies = await recordedPolicies(record, loaded);
    const { unknown } = policies;
    if (unknown.length > 0 && !always) {
      note(
        `No approved definitions of ${unknown.join(', ')} can be read here, so the servers are started to ask them.`,
      );
      return null;
    }
    const checked = await policies.check();
    if (!checked.ok) {
      note(BY_RECORD);
      throw new NotServed(checked.problems);
    }
    tellUnchecked(policies, checked.active, note);
    return { loaded, active: checked.active, catalog: policies.catalog };
  });
}

export const BY_RECORD =
  'Checked against the approved definitions on record; --online asks the servers what they offer now.';

/** Tools that no policy names may wait for as long as they like. */
function tellUnchecked(
  { unknown, waiting }: RecordedPolicies,
  { files }: ActivePolicies,
  note: RecordedCheckOptions['note'],
): void {
  const named = waiting.filter((tool) => files.some(({ text }) => text.includes(`"${tool}"`)));
  const without = [...unknown.map((id) => `${id}/*`), ...named];
  if (without.length > 0)
    note(`Not approved, so their arguments in policies were not checked: ${without.join(', ')}. --online checks them.`);
}

type Recorded = Parameters<typeof recordedPolicies>[0];

/** Services keep their record elsewhere. What can't be read is as good as none, where the servers can be asked instead. */
async function withRecord<T>({ config, data }: LoadedConfig, always: boolean, act: (record: Recorded) => Promise<T>) {
  const reading = config.cluster === undefined ? opened(data, always) : null;
  try {
    return await act(reading ?? createMemoryJournal());
  } finally {
    reading?.close();
  }
}

function opened(data: string, always: boolean): ReturnType<typeof readJournal> {
  try {
    return readJournal(data);
  } catch (error) {
    if (always) throw error;
    return null;
  }
}
