import { readFileSync } from 'node:fs'
import { expect } from '@playwright/test'
import Papa from 'papaparse'

/** A CSV as a strict reader sees it; raises for what is not well-formed. */
export function readCsv(file: string): Record<string, string>[] {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  const { data, errors } = Papa.parse<Record<string, string>>(text.replace(/\r\n$/, ''), {
    header: true,
    newline: '\r\n',
  })
  expect(errors).toEqual([])
  return data
}

export const ANNOTATION_HEADER =
  'schema_version,annotation_id,parent_id,vendor,connection,campaign_id,call_id,call_started_at,turn_index,' +
  'turn_speaker,turn_text,quote,quote_start,quote_end,start_s,end_s,timing_source,label,severity,comment,reviewer,' +
  'created_at,updated_at,status'
export const CALL_HEADER =
  'schema_version,vendor,connection,campaign_id,call_id,started_at,duration_s,status,sentiment,goal_achieved,from,to,' +
  'summary,vendor_score,turn_count,recording_state,annotation_count,labels,reviewed_by,reviewed_at'
