import Formats

/// A parsed template expression.
final class TemplateExpression: Sendable {
  indirect enum Kind: Sendable {
    case constant(Value)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case mapping([(key: TemplateExpression, value: TemplateExpression)])
    case attribute(TemplateExpression, String)
    case element(TemplateExpression, TemplateExpression)
    case slice(
      TemplateExpression, start: TemplateExpression?, stop: TemplateExpression?,
      step: TemplateExpression?)
    case call(TemplateExpression, TemplateArguments<TemplateExpression>)
    case filter(TemplateExpression, String, TemplateArguments<TemplateExpression>)
    case test(
      TemplateExpression, String, TemplateArguments<TemplateExpression>, negated: Bool)
    case unary(String, TemplateExpression)
    case binary(String, TemplateExpression, TemplateExpression)
    case concatenation([TemplateExpression])
    case comparison(TemplateExpression, [(operation: String, right: TemplateExpression)])
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case not(TemplateExpression)
    case conditional(
      condition: TemplateExpression, then: TemplateExpression, else: TemplateExpression?)
    /// What the block around has written: `{% filter upper %}`.
    case body
  }

  /// Deepest expression that is accepted, so that neither evaluating nor freeing it overflows the
  /// stack.
  static let depthLimit = 150

  let kind: Kind
  let place: TemplatePlace
  let depth: Int

  init(
    _ kind: Kind, _ place: TemplatePlace, children: [TemplateExpression] = []
  ) throws(TemplateError) {
    self.kind = kind
    self.place = place
    depth = 1 + (children.lazy.map(\.depth).max() ?? 0)
    if depth > Self.depthLimit {
      throw .syntax(place, "the expression is nested more than \(Self.depthLimit) deep")
    }
  }
}

/// Arguments of a call, a filter or a test, before (`TemplateExpression`) or after evaluation.
struct TemplateArguments<Argument: Sendable>: Sendable {
  var positional: [Argument] = []
  var named: [(name: String, value: Argument)] = []
}

/// One statement of a parsed template.
enum TemplateNode: Sendable {
  case text(String, TemplatePlace)
  case output(TemplateExpression)
  case set(TemplateTarget, TemplateExpression)
  /// `{% set name %} body {% endset %}`; the filters of `{% set name | upper %}` are in `text`.
  case setBlock(TemplateTarget, text: TemplateExpression, [TemplateNode])
  case macro(TemplateMacro)
  /// `{% call(item) macro(argument) %} body {% endcall %}`: the body is the macro `caller`.
  case call(TemplateExpression, TemplateArguments<TemplateExpression>, caller: TemplateMacro)
  /// `{% filter upper %} body {% endfilter %}`
  case filtered(TemplateExpression, [TemplateNode])
  /// `{% with name = value %} body {% endwith %}`
  case with([(target: TemplateTarget, value: TemplateExpression)], [TemplateNode])
  case leaveLoop
  case nextTurn
  case conditional([(condition: TemplateExpression, body: [TemplateNode])], else: [TemplateNode])
  case loop(TemplateLoop)
}

/// What is assigned to.
indirect enum TemplateTarget: Sendable {
  case name(String)
  /// `namespace.name`
  case attribute(String, String)
  /// Several, which take a sequence apart.
  case several([TemplateTarget])
}

/// `{% for targets in items if condition recursive %} body {% else %} otherwise {% endfor %}`
struct TemplateLoop: Sendable {
  var target: TemplateTarget
  var items: TemplateExpression
  var condition: TemplateExpression?
  var isRecursive: Bool
  var body: [TemplateNode]
  var otherwise: [TemplateNode]
}

/// `{% macro name(parameter, other=default) %} body {% endmacro %}`
struct TemplateMacro: Sendable {
  var name: String
  var parameters: [(name: String, missing: TemplateExpression?)] = []
  var body: [TemplateNode] = []
  /// Which of `caller`, `varargs` and `kwargs` the body uses; what it does not use is refused.
  var uses: Set<String> = []
}
