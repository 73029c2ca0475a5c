import Formats
import Yams

/// One value of a task file, and where it stands.
struct TaskSetting: Sendable {
  indirect enum Kind: Sendable {
    case scalar(Value)
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

  init(kind: Kind, file: String, line: Int) {
    self.kind = kind
    self.file = file
    self.line = line
  }

  var isNull: Bool { scalar == Value.none }

  var scalar: Value? {
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

  /// The entry of a mapping, unless it is null.
  subscript(key: String) -> TaskSetting? {
    mapping?.first { $0.key == key }.map(\.value).flatMap { $0.isNull ? nil : $0 }
  }

  /// The value without its places, for documents that are written into a task file.
  var value: Value {
    switch kind {
    case .scalar(let value): value
    case .list(let items): .list(items.map(\.value))
    case .mapping(let entries):
      .mapping(Mapping(entries.map { ($0.key, $0.value.value) }))
    case .function(let name): .string("!function \(name)")
    }
  }
}

/// Turns the nodes of one YAML file into settings: merge keys are resolved, words get their types.
struct TaskSettingReader {
  let file: String
  private var count = 0
  /// Aliases can make a small file stand for an endless tree.
  private static let countLimit = 1 << 17
  private var depth = 0
  private static let depthLimit = 100

  init(file: String) { self.file = file }

  mutating func read(_ node: Node) throws(TaskError) -> TaskSetting {
    count += 1
    if count > Self.countLimit {
      throw fault(node, "more than \(Self.countLimit) values, aliases counted as often as used")
    }
    depth += 1
    defer { depth -= 1 }
    if depth > Self.depthLimit { throw fault(node, "nested more than \(Self.depthLimit) deep") }
    let line = node.mark?.line ?? 1
    switch node {
    case .scalar(let scalar):
      return TaskSetting(kind: try kind(of: scalar, node), file: file, line: line)
    case .sequence(let sequence):
      var items: [TaskSetting] = []
      for item in sequence { items.append(try read(item)) }
      return TaskSetting(kind: .list(items), file: file, line: line)
    case .mapping(let mapping):
      return TaskSetting(kind: .mapping(try entries(of: mapping)), file: file, line: line)
    case .alias: throw fault(node, "an alias without its anchor")
    }
  }

  private func kind(
    of scalar: Node.Scalar, _ node: Node
  ) throws(TaskError) -> TaskSetting.Kind {
    switch scalar.tag.description {
    case "!function": .function(scalar.string)
    case Tag.Name.implicit.rawValue, Tag.Name.null.rawValue, Tag.Name.bool.rawValue,
      Tag.Name.int.rawValue, Tag.Name.float.rawValue:
      .scalar(YAMLScalar.value(of: scalar.string))
    case Tag.Name.str.rawValue, Tag.Name.nonSpecific.rawValue: .scalar(.string(scalar.string))
    default:
      throw fault(node, "unknown tag '\(scalar.tag.description.shown())'; there is: !function")
    }
  }

  /// What `<<` brings in comes first, and gives way to the mapping's own keys.
  private mutating func entries(
    of mapping: Node.Mapping
  ) throws(TaskError) -> [(key: String, value: TaskSetting)] {
    var entries = TaskEntries()
    for (key, value) in mapping where Self.isMerge(key) {
      let merged = try read(value)
      // Of several, the first wins.
      for source in (merged.list ?? [merged]).reversed() {
        guard let more = source.mapping else {
          throw fault(key, "'<<' takes a mapping or a list of mappings")
        }
        for (key, value) in more { entries.set(key, value) }
      }
    }
    for (key, value) in mapping where !Self.isMerge(key) {
      guard let name = key.scalar?.string else { throw fault(key, "a key must be a plain word") }
      if name.hasPrefix(YAMLText.supersededMark) { continue }
      entries.set(name, try read(value))
    }
    return entries.all
  }

  private static func isMerge(_ key: Node) -> Bool {
    let tags = [Tag.Name.implicit.rawValue, Tag.Name.merge.rawValue]
    return key.scalar.map { $0.string == "<<" && tags.contains($0.tag.description) } ?? false
  }

  private func fault(_ node: Node, _ problem: String) -> TaskError {
    .malformed(
      path: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, problem: problem)
  }
}

/// Keys and values in the order in which the keys were first set.
struct TaskEntries: Sendable {
  private(set) var all: [(key: String, value: TaskSetting)] = []
  private var positions: [String: Int] = [:]

  init(_ entries: [(key: String, value: TaskSetting)] = []) {
    for (key, value) in entries { set(key, value) }
  }

  subscript(key: String) -> TaskSetting? { positions[key].map { all[$0].value } }

  mutating func set(_ key: String, _ value: TaskSetting) {
    if let position = positions[key] {
      all[position].value = value
    } else {
      positions[key] = all.count
      all.append((key, value))
    }
  }
}
