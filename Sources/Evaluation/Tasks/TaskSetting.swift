import Yams

/// One value of a task file, and where it stands.
struct TaskSetting: Sendable {
  indirect enum Kind: Sendable {
    case scalar(TemplateValue)
    case list([TaskSetting])
    case mapping([(key: String, value: TaskSetting)])
    /// `!function module.name`
    case function(String)
  }
  var kind: Kind
  /// Path of the YAML file in which it is written, which may be an included one.
  var file: String
  var line: Int

  /// `path:line`
  var place: String { "\(file):\(line)" }

  init(_ node: Node, file: String) throws(TaskError) {
    self.file = file
    line = node.mark?.line ?? 1
    switch node {
    case .scalar(let scalar):
      let tag = node.tag.description
      kind = tag == "!function" ? .function(scalar.string) : .scalar(Self.value(of: node, tag))
    case .sequence(let sequence):
      var items: [TaskSetting] = []
      for item in sequence { items.append(try TaskSetting(item, file: file)) }
      kind = .list(items)
    case .mapping(let mapping):
      var entries: [(key: String, value: TaskSetting)] = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw .malformed(
            path: file, line: key.mark?.line ?? line, column: key.mark?.column ?? 1,
            problem: "a key must be a plain word")
        }
        entries.append((name, try TaskSetting(value, file: file)))
      }
      kind = .mapping(entries)
    case .alias:
      throw .malformed(path: file, line: line, column: 1, problem: "an alias without its anchor")
    }
  }

  private static func value(of node: Node, _ tag: String) -> TemplateValue {
    let text = node.scalar?.string ?? ""
    switch tag {
    case Tag.Name.null.rawValue: return .none
    case Tag.Name.bool.rawValue: return node.bool.map { .bool($0) } ?? .string(text)
    case Tag.Name.int.rawValue: return node.int.map { .integer($0) } ?? .string(text)
    case Tag.Name.float.rawValue: return node.float.map { .float($0) } ?? .string(text)
    default: return .string(text)
    }
  }

  var isNull: Bool { scalar == TemplateValue.none }

  var scalar: TemplateValue? {
    if case .scalar(let value) = kind { return value }
    return nil
  }

  var string: String? { scalar?.stringValue }

  var list: [TaskSetting]? {
    if case .list(let items) = kind { return items }
    return nil
  }

  var mapping: [(key: String, value: TaskSetting)]? {
    if case .mapping(let entries) = kind { return entries }
    return nil
  }

  /// The value without its places, for documents that are written into a task file.
  var value: TemplateValue {
    switch kind {
    case .scalar(let value): value
    case .list(let items): .list(items.map(\.value))
    case .mapping(let entries):
      .mapping(TemplateMapping(entries.map { ($0.key, $0.value.value) }))
    case .function(let name): .string("!function \(name)")
    }
  }
}
