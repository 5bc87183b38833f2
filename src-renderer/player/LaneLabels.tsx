import { ArrowUpDown, Headphones, Volume2, VolumeX } from 'lucide-react'
import type { CSSProperties } from 'react'
import { keyOf } from '../app/all-keys'
import { perform } from '../app/commands'
import { t } from '../app/words'
import { IconButton } from '../ui'
import { chooseVolume, soloChannel, toggleChannel, useChannels, volumeOf } from './channels'
import type { Lane } from './lanes'
import { LOUDEST, VOLUME_STEP } from './volumes'

const nameOf = ({ speaker, channel }: Lane): string =>
  speaker === null ? t('player.channel', { number: channel + 1 }) : t(`speakers.${speaker}`)

/** Who is in which lane; with two channels, each can be turned off, heard alone, or made louder. */
export function LaneLabels({ lanes }: { lanes: readonly Lane[] | null }) {
  const muted = useChannels((state) => state.muted)
  if (!lanes) return null
  if (lanes.length < 2)
    return (
      // Both speak on one channel: their colours follow the turns.
      <span className="waveform-legend">
        <span className="speaker-agent">{t('speakers.agent')}</span>
        <span className="speaker-caller">{t('speakers.caller')}</span>
      </span>
    )
  const keys = [
    { mute: 'player.muteFirst', solo: 'player.soloFirst' },
    { mute: 'player.muteSecond', solo: 'player.soloSecond' },
  ]
  const labels = lanes.map((lane, index) => {
    const isOff = muted.has(lane.channel)
    const isAlone = !isOff && muted.size === lanes.length - 1
    const key = lanes.length === 2 ? keys[index] : undefined
    return (
      <div
        key={lane.channel}
        className={`waveform-lane speaker-${lane.speaker ?? 'unknown'}${isOff ? ' is-off' : ''}`}
      >
        {key ? (
          <>
            <span className="waveform-lane-head">
              <span className="truncate">{nameOf(lane)}</span>
              <IconButton
                size="s"
                label={t('player.solo', { lane: nameOf(lane) })}
                isSelected={isAlone}
                icon={<Headphones size={13} />}
                keyHint={keyOf(key.solo)}
                tooltipAt="bottom"
                onPress={() => soloChannel(lane.channel, lanes.length)}
              />
            </span>
            <span className="waveform-lane-volume">
              <IconButton
                size="s"
                label={t('player.mute', { lane: nameOf(lane) })}
                isSelected={isOff}
                icon={isOff ? <VolumeX size={13} /> : <Volume2 size={13} />}
                keyHint={keyOf(key.mute)}
                tooltipAt="bottom"
                onPress={() => toggleChannel(lane.channel)}
              />
              <VolumeSlider lane={lane} />
            </span>
          </>
        ) : (
          <span className="truncate">{nameOf(lane)}</span>
        )}
      </div>
    )
  })
  return (
    <>
      {labels}
      {lanes.length === 2 ? (
        <IconButton
          size="s"
          className="waveform-swap"
          label={t('commands.timing.swapChannels')}
          icon={<ArrowUpDown size={11} />}
          keyHint={keyOf('timing.swapChannels')}
          tooltipAt="bottom"
          onPress={() => perform('timing.swapChannels')}
        />
      ) : null}
    </>
  )
}

/** How loud one voice is beside the other; a double click makes it as recorded. */
function VolumeSlider({ lane }: { lane: Lane }) {
  const volume = useChannels((state) => volumeOf(state, lane.channel))
  const percent = t('player.percent', { percent: Math.round(volume * 100) })
  return (
    <input
      type="range"
      className="volume-slider"
      min={0}
      max={LOUDEST}
      step={VOLUME_STEP}
      value={volume}
      style={{ '--filled': volume / LOUDEST } as CSSProperties}
      aria-label={t('player.volume', { lane: nameOf(lane) })}
      aria-valuetext={percent}
      title={t('player.volumeHint', { percent })}
      onChange={(event) => chooseVolume(lane.channel, Number(event.target.value))}
      onDoubleClick={() => chooseVolume(lane.channel, 1)}
    />
  )
}
