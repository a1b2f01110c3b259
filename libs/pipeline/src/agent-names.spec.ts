import { sampleCall } from '@sallyport/testing';
import { createAgentNames } from './agent-names.ts';

const named = (id: string, verified = false) => sampleCall({ agent: { id, verified } });

describe('names of agents on record', () => {
  it('are no place to write to: what a client calls itself is bounded for each subject', () => {
    const agentName = createAgentNames();
    const names = Array.from({ length: 1_000 }, (_, at) => agentName(named(`client-${at}`)));
    expect(new Set(names).size).toBe(33);
    expect(names.at(-1)).toBe('_other');
    expect(agentName(named('client-0'))).toBe('client-0');
  });

  it('are those of the token where it names one', () => {
    const agentName = createAgentNames();
    const names = Array.from({ length: 100 }, (_, at) => agentName(named(`client-${at}`, true)));
    expect(new Set(names).size).toBe(100);
  });
});
