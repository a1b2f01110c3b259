import preset from './jest.preset.mjs';

export default { ...preset, roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/examples', '<rootDir>/tools'] };
