/** The rules of placement constraints and strategies in CEL, as placement-rules.ts has them; the query itself is read in code. */
import { celForbidden, celInvalid, celRequired } from '../meta/cel.ts'

/** Of a placement constraint. */
export const constraintCel = [
  celRequired(
    '.expression',
    "self.type != 'memberOf' || (has(self.expression) && self.expression != '')",
    'memberOf needs a cluster query language expression',
  ),
]

/** Of a placement constraint that may be distinctInstance. */
export const distinctCel = [
  ...constraintCel,
  celForbidden(
    '.expression',
    "self.type != 'distinctInstance' || !has(self.expression) || self.expression == ''",
    'distinctInstance has no expression',
  ),
]

/** Of a placement strategy. */
export const strategyCel = [
  celForbidden('.field', "self.type != 'random' || !has(self.field) || self.field == ''", 'random has no field'),
  celInvalid(
    '.field',
    "self.type != 'binpack' || (has(self.field) && self.field.matches('^([cC][pP][uU]|[mM][eE][mM][oO][rR][yY])$'))",
    'binpack goes by cpu or memory',
  ),
  celInvalid(
    '.field',
    String.raw`self.type != 'spread' || (has(self.field) && self.field.matches('^(instanceId|host|attribute:[A-Za-z0-9_./\\\\-]{1,128})$'))`,
    'spread goes by instanceId, host or attribute:NAME',
  ),
]
