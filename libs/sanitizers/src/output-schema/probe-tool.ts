import type { CatalogTool } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** A tool that does not exist, whose answer must have one member, `named`. For the self-check only. */
export const probeTool: CatalogTool = {
  kind: 'tool',
  upstream: 'self-check',
  name: 'self-check',
  qualified: 'self-check__self-check',
  state: 'approved',
  definition: null,
  digest: null,
  offered: null,
  effect: 'read',
  destructive: false,
  groups: [],
  resources: [],
  values: [],
  undeclared: [],
  errors: 'mask',
  checkInput: () => [],
  fit: (args) => ({ arguments: args, leftOut: 0 }),
  checkOutput: (value) => {
    const { named, ...others } = isObject(value) ? value : {};
    return {
      value: named === undefined ? {} : { named },
      dropped: Object.keys(others).length,
      errors: named === undefined ? [{ pointer: '', message: 'must have named' }] : [],
    };
  },
};
