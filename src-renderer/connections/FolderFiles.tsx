import type { Connection, FolderFile } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, Clock, FileMusic, FileText, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { ErrorState, formatBytes, formatDate, formatNumber, SegmentedControl, Spinner } from '../ui'
import './FolderFiles.css'

/** As many as the contract answers. */
const MOST = 200

/** The files of a watched folder as they were last looked at: what they held, and why one was not taken. */
export function FolderFiles({ connectionId }: { connectionId: Connection['id'] }) {
  const [isProblemsOnly, setProblemsOnly] = useState(false)
  const files = useQuery({
    queryKey: ['connections', 'files', connectionId, isProblemsOnly],
    queryFn: () => client.connections.folderFiles({ id: connectionId, onlyProblems: isProblemsOnly }),
  })
  return (
    <>
      <SegmentedControl
        label={t('connections.files.which')}
        size="s"
        options={[
          { id: 'all', label: t('connections.files.all') },
          { id: 'problems', label: t('connections.files.problems') },
        ]}
        value={isProblemsOnly ? 'problems' : 'all'}
        onChange={(which) => setProblemsOnly(which === 'problems')}
      />
      {files.isError ? (
        <ErrorState error={files.error} onRetry={() => void files.refetch()} />
      ) : !files.data ? (
        <Spinner />
      ) : files.data.length === 0 ? (
        <p className="soft folder-files-none">
          {t(isProblemsOnly ? 'connections.files.noProblems' : 'connections.files.none')}
        </p>
      ) : (
        <>
          <ul className="folder-files" aria-label={t('connections.tab.files')}>
            {files.data.map((file) => (
              <FileRow key={file.path} file={file} />
            ))}
          </ul>
          {files.data.length === MOST ? (
            <p className="soft">{t('connections.files.onlyNewest', { n: MOST })}</p>
          ) : null}
        </>
      )}
    </>
  )
}

const isAudio = (path: string): boolean => !/\.(json|jsonl|ndjson)$/i.test(path)

const isWaiting = ({ path, calls, problem }: FolderFile): boolean =>
  isAudio(path) && calls === 0 && problem === null

function FileRow({ file }: { file: FolderFile }) {
  const Icon = isAudio(file.path) ? FileMusic : FileText
  return (
    <li className="folder-file">
      <Icon size={15} aria-hidden="true" className="soft" />
      <div className="folder-file-words">
        <span className="folder-file-path" dir="auto">
          {file.path}
        </span>
        {file.problem === null ? null : <span className="folder-file-problem">{file.problem}</span>}
        <span className="soft tabular">
          {[formatBytes(file.bytes), t('connections.files.read', { date: formatDate(file.readAt) })].join(
            ' · ',
          )}
        </span>
      </div>
      <span className="folder-file-state tabular">
        {isWaiting(file) ? (
          <Clock size={14} aria-hidden="true" className="soft" />
        ) : file.problem === null ? (
          <CircleCheck size={14} aria-hidden="true" className="folder-file-good" />
        ) : (
          <TriangleAlert size={14} aria-hidden="true" className="connections-warning" />
        )}
        {stateWords(file)}
      </span>
    </li>
  )
}

function stateWords({ path, calls, problem }: FolderFile): string {
  if (isAudio(path))
    return t(
      problem !== null
        ? 'connections.files.notTaken'
        : calls > 0
          ? 'connections.files.recording'
          : 'connections.files.waits',
    )
  if (problem !== null && calls === 0) return t('connections.files.notTaken')
  return t('connections.calls', { count: calls, n: formatNumber(calls) })
}
