import { Dialog, Kbd } from '../ui'
import { allKeys, keyOf } from './all-keys'
import { COMMAND_GROUPS, commandLabel } from './commands'
import { closeDialog } from './dialogs'
import { t } from './words'

/** Every key, by group, whether its command can be used now or not. */
export function HelpDialog() {
  const palette = keyOf('workspace.palette')
  return (
    <Dialog
      title={t('app.help.title')}
      isOpen
      onClose={closeDialog}
      size="l"
      footer={
        <span className="ui-dialog-foot-start soft">
          {t('app.help.palette')} {palette ? <Kbd keys={palette} /> : null}
        </span>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
      <section className="help" aria-label={t('app.help.title')} tabIndex={0}>
        {COMMAND_GROUPS.map((group) => (
          <section key={group}>
            <h3 className="ui-section-title">{t(`app.groups.${group}`)}</h3>
            <dl>
              {allKeys
                .filter((command) => command.group === group && command.keys.length > 0)
                .map((command) => (
                  <div key={command.id} className="help-row">
                    <dt>{commandLabel(command.id)}</dt>
                    <dd>
                      {command.keys.map((key) => (
                        <Kbd key={key} keys={key} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </section>
    </Dialog>
  )
}
