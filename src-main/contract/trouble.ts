import { z } from 'zod'
import { call, Done, Nothing } from './common'
import { ErrorCode } from './errors'

/** The databases of a workspace, as their files are called there and in a backup. */
export const DatabaseName = z.enum(['reviews.db', 'calls.db'])
export type DatabaseName = z.infer<typeof DatabaseName>

/** Why the workspace can't be used, and what there is to do. */
export const Trouble = z.object({
  code: ErrorCode,
  message: z.string(),
  /** What was found in the databases; empty where nobody had to look. */
  databases: z.array(
    z.object({
      name: DatabaseName,
      /** Null: it is sound. */
      problem: z.string().nullable(),
      /** The newest backup that can be read; `rows`: the annotations (or calls) in it. */
      backup: z.object({ madeAt: z.iso.datetime(), rows: z.number().int() }).nullable(),
    }),
  ),
})
export type Trouble = z.infer<typeof Trouble>

/** What a repair brought. */
export const Repaired = z.object({
  name: DatabaseName,
  /** Where the damaged file is now. */
  keptAs: z.string(),
  /** Annotations (or calls) that are there now. */
  rows: z.number().int(),
  /** Of these, only in the backup. */
  fromBackup: z.number().int(),
  /** Rows that no table can hold, in a text file beside the damaged one. */
  setAside: z.number().int(),
})
export type Repaired = z.infer<typeof Repaired>

/** What can be done while the workspace can't be used; all of it before any other call works. */
export const trouble = {
  /** Null: there is none. Reads whole databases where one is damaged. */
  look: call(Nothing, Trouble.nullable()),
  /** Makes what is damaged anew; the damaged files are kept beside. */
  repair: call(Nothing, z.array(Repaired)),
  /** Puts the newest backup in the place of a damaged database, which is kept beside. */
  openBackup: call(z.object({ name: DatabaseName }), Repaired),
  /** Tries to open the workspace again. */
  retry: call(Nothing, Done),
  /** Asks for another folder and starts Earmark again on it; null when the dialog was closed. */
  chooseOther: call(Nothing, Done.nullable()),
}
