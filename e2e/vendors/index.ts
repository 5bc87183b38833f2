/** Simulators of both vendors, over real HTTP on loopback: for tests and to try things by hand (`main.ts`). */
export { type RecordingSource, recordingsFrom, tones } from './audio'
export { type MakeCalls, makeCalls, type SimulatedCall } from './calls'
export { BUILT_IN_DIALOGUES, type Dialogue, readDialogues } from './dialogues'
export { FAULTS, type FaultName, type FaultSetting, isFaultName } from './faults'
export { type MalakaiSimulator, type MalakaiSimulatorOptions, startMalakaiSimulator } from './malakai'
export { type ProsperSimulator, type ProsperSimulatorOptions, startProsperSimulator } from './prosper'
export type { Simulator } from './simulator'
