package import Formats
import PythonText

/// `generation_kwargs` given for a run: they go over the tasks' own.
package struct GenerationArguments: Sendable, Hashable {
  package private(set) var values = Mapping()

  package init() {}

  /// Reads `name=value,name=value` or a JSON object.
  ///
  /// Values are Python literals (`0.5`, `true`, `['a', 'b']`); what is none is text. Commas inside
  /// brackets or quotes do not separate.
  /// - Throws: `GenerationArgumentsError`.
  package init(_ texts: [String]) throws(GenerationArgumentsError) {
    for text in texts {
      if text.hasPrefix("{") {
        try addObject(text)
      } else {
        for part in Self.parts(text) { try add(part) }
      }
    }
  }

  package var isEmpty: Bool { values.isEmpty }

  private mutating func addObject(_ text: String) throws(GenerationArgumentsError) {
    let value: Value
    do { value = try PythonJSON.parse(Array(text.utf8)[...]) } catch {
      throw .malformed(text, problem: "\(error.problem), at byte \(error.offset)")
    }
    guard let mapping = value.mappingValue else { throw .malformed(text, problem: "no object") }
    for (key, value) in zip(mapping.keys, mapping.values) { values[key] = value }
  }

  private mutating func add(_ part: String) throws(GenerationArgumentsError) {
    guard let sign = part.firstIndex(of: "="), sign != part.startIndex else {
      throw .malformed(part, problem: "expected name=value")
    }
    values[.string(String(part[..<sign]))] = Self.value(String(part[part.index(after: sign)...]))
  }

  private static func value(_ text: String) -> Value {
    switch text.lowercased() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if let value = Int(text) { return .integer(value) }
    if let value = Double(text) { return .float(value) }
    return (try? Template.literal(text, name: "")) ?? .string(text)
  }

  /// Splits at commas outside of brackets and quotes.
  private static func parts(_ text: String) -> [String] {
    var (parts, part, depth) = ([String](), "", 0)
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if "[({".contains(character) {
        depth += 1
      } else if "])}".contains(character) {
        depth = max(0, depth - 1)
      } else if character == ",", depth == 0 {
        parts.append(part)
        part = ""
        continue
      }
      part.append(character)
    }
    return (parts + [part]).filter { !$0.isEmpty }
  }
}

/// What is wrong with arguments for generation.
package enum GenerationArgumentsError: InputFailure, CustomStringConvertible, Equatable {
  case malformed(String, problem: String)

  package var description: String {
    switch self {
    case .malformed(let text, let problem):
      "generation arguments '\(text)': \(problem); write name=value,name=value or a JSON object"
    }
  }
}

extension TaskFile {
  /// The file with `arguments` over its `generation_kwargs`; as it is if the task does not generate.
  package func with(_ arguments: GenerationArguments) -> TaskFile {
    guard !arguments.isEmpty,
      self["output_type"]?.scalar?.text ?? "generate_until" == "generate_until"
    else { return self }
    var merged = generationArguments ?? Mapping()
    for (key, value) in zip(arguments.values.keys, arguments.values.values) {
      merged[key] = value
    }
    var file = self
    file.set("generation_kwargs", TaskSetting(.mapping(merged), file: "generation arguments"))
    return file
  }
}

extension TaskSetting {
  /// A value that is not written in a YAML file.
  init(_ value: Value, file: String) {
    let kind: Kind
    switch value {
    case .list(let items), .tuple(let items):
      kind = .list(items.map { TaskSetting($0, file: file) })
    case .mapping(let mapping):
      kind = .mapping(
        zip(mapping.keys, mapping.values).map { key, value in
          (key.text, TaskSetting(value, file: file))
        })
    default: kind = .scalar(value)
    }
    self.init(kind: kind, file: file, line: 1)
  }
}
