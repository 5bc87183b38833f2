import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startProsperSimulator } from '../vendors'
import {
  DISK_OPERATIONS,
  type DiskMaterial,
  type DiskOperation,
  type DiskOutcome,
  diskCase,
} from './disk-case'
import { prepareDay, randomOf, table, temporaryFolder, writeCalls } from './material'
import { makeSmallDisk } from './small-disk'

const ROOM = 1024 ** 3

/** So many full disks, the operations in turn; `only`: one of them. */
export async function runDisk(
  points: number,
  seed: number,
  only: string | null = null,
): Promise<{ text: string; broken: string[] }> {
  const folder = temporaryFolder('disk')
  const simulator = await startProsperSimulator({ calls: 40 })
  const disk = makeSmallDisk(join(folder.path, 'disk'))
  try {
    const prepared = await prepareDay(folder.path, 'day', {
      calls: 60,
      older: 300,
      younger: 100,
      withLogs: false,
    })
    const more = writeCalls(join(folder.path, 'more.jsonl'), 150, 500_000)
    const material: DiskMaterial = { prepared, simulator, more, disk }
    const operations = DISK_OPERATIONS.filter((one) => only === null || one === only)
    const needs = new Map<DiskOperation, number>()
    const outcomes: DiskOutcome[] = []
    for (const operation of operations) {
      // With room: how much it takes, and that it works at all.
      const whole = await diskCase(material, operation, ROOM)
      needs.set(operation, Math.max(64 * 1024, disk.usedBytes() - bytesOf(prepared.root)))
      outcomes.push(whole)
    }
    const random = randomOf(seed)
    for (let i = 0; i < points; i += 1) {
      const operation = operations[i % operations.length]
      if (!operation) break
      const share = i % 5 === 0 ? 0 : random()
      outcomes.push(await diskCase(material, operation, Math.floor(share * (needs.get(operation) ?? 0))))
    }
    return { text: reportOf(outcomes, operations), broken: outcomes.flatMap(({ broken }) => broken) }
  } finally {
    disk.remove()
    await simulator.close()
    folder.remove()
  }
}

function bytesOf(root: string): number {
  let bytes = 0
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  return bytes
}

function reportOf(outcomes: readonly DiskOutcome[], operations: readonly DiskOperation[]): string {
  const rows: (string | number)[][] = [['under way', 'points', 'full', 'acknowledged', 'lost', 'broken']]
  const row = (name: string, all: readonly DiskOutcome[]) => [
    name,
    all.length,
    all.filter(({ said }) => said !== null).length,
    all.reduce((sum, one) => sum + one.acknowledged, 0),
    all.reduce((sum, one) => sum + one.lost, 0),
    all.filter(({ broken }) => broken.length > 0).length,
  ]
  for (const operation of operations)
    rows.push(
      row(
        operation,
        outcomes.filter((one) => one.operation === operation),
      ),
    )
  rows.push(row('all', outcomes))
  const examples = operations.flatMap((operation) => {
    const one = outcomes.find(({ operation: its, said }) => its === operation && said !== null)
    return one ? [`${operation}: ${one.said}`] : []
  })
  const problems = outcomes.flatMap(({ operation, freeBytes, broken }) =>
    broken.map((one) => `BROKEN ${operation}, ${freeBytes} bytes free: ${one}`),
  )
  return [table(rows), '', ...examples, ...problems.slice(0, 40)].join('\n')
}
