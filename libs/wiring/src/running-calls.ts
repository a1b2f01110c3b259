import { type Observer, targetText } from '@sallyport/contracts';

export interface RunningCalls {
  readonly observer: Observer;
  /** `upstream/tool` of each, oldest first. */
  names(): readonly string[];
}

/** Remembers which allowed calls have no outcome yet. */
export function createRunningCalls(): RunningCalls {
  const running = new Map<string, string>();
  return {
    observer: {
      decided({ callId, upstream, target }, { effect }) {
        if (effect === 'allow') running.set(callId, `${upstream}/${targetText(target)}`);
      },
      finished: ({ callId }) => void running.delete(callId),
      incident: () => undefined,
    },
    names: () => [...running.values()],
  };
}
