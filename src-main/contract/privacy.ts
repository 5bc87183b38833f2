/** Phone numbers on the screen; see below. */
export const MASK = '•'
