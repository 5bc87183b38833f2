/** The language of the search box, for both sides: pure, without Node and without the DOM. */
export type * from './ast'
export * from './complete'
export * from './edit'
export * from './fields'
export { MAX_NEAR, parseQuery } from './parse'
export { normalPath, normalStep } from './paths'
