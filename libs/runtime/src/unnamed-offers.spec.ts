import { unnamedIn } from './unnamed-offers.ts';

describe('what a server has and nobody gets', () => {
  it('is nothing where `offers` names it, or the server does not declare it', () => {
    expect(unnamedIn(['tools', 'prompts'], { tools: {}, prompts: { listChanged: true } })).toEqual([]);
    expect(unnamedIn(['tools'], { tools: {}, logging: {}, prompts: null })).toEqual([]);
  });

  it('is what it declares beyond that', () => {
    expect(unnamedIn(['tools'], { tools: {}, resources: {}, prompts: {} })).toEqual(['prompts', 'resources']);
    expect(unnamedIn(['prompts'], { tools: {}, prompts: {} })).toEqual(['tools']);
  });
});
