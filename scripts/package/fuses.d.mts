export declare const FUSES: readonly {
  name: string
  option: number
  on: boolean
  automation?: boolean
  why: string
}[]
export declare function setFuses(executable: string, options?: { automation?: boolean }): Promise<void>
export declare function readFuses(
  executable: string,
): Promise<{ name: string; wanted: boolean; state: boolean | null }[]>
