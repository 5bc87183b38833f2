import { create } from 'zustand'

/** The annotation that was chosen on the waveform: what the keys move and loop. Seconds. */
export interface ChosenRegion {
  id: string
  startSec: number
  endSec: number
}

export const useChosen = create<{ region: ChosenRegion | null }>(() => ({ region: null }))

export const choose = (region: ChosenRegion | null): void => useChosen.setState({ region })
