import Formats
import PythonText

/// The keys of one step of a pipeline; those that no filter asks for are reported.
struct FilterSettings {
  private let entries: [(key: String, value: TaskSetting)]
  private var asked: Set<String> = ["function"]

  init(_ entries: [(key: String, value: TaskSetting)]) { self.entries = entries }

  private mutating func setting(_ key: String) -> TaskSetting? {
    asked.insert(key)
    return entries.first { $0.key == key }?.value
  }

  mutating func string(_ key: String, default standard: String) throws(TemplateFault) -> String {
    guard let setting = setting(key) else { return standard }
    guard let text = setting.string else { throw TemplateFault("'\(key)' must be a text") }
    return text
  }

  mutating func integer(_ key: String, default standard: Int?) throws(TemplateFault) -> Int {
    guard let setting = setting(key) else {
      guard let standard else { throw TemplateFault("it needs the key '\(key)'") }
      return standard
    }
    guard case .integer(let value)? = setting.scalar else {
      throw TemplateFault("'\(key)' must be a whole number")
    }
    return value
  }

  mutating func isTrue(_ key: String) -> Bool { setting(key)?.value.isTrue ?? false }

  mutating func value(_ key: String) -> Value? { setting(key)?.value }

  /// A list of patterns; none where the key is missing or null.
  mutating func patterns(_ key: String) throws(TemplateFault) -> [PythonRegex] {
    guard let setting = setting(key), !setting.isNull else { return [] }
    guard let items = setting.list else { throw TemplateFault("'\(key)' must be a list") }
    var patterns: [PythonRegex] = []
    for item in items {
      guard let text = item.string else { throw TemplateFault("'\(key)' must list texts") }
      patterns.append(try PythonRegex(text))
    }
    return patterns
  }

  /// - Throws: when there is a key that no one asked for.
  func checkAllRead() throws(TemplateFault) {
    guard let unknown = entries.first(where: { !asked.contains($0.key) }) else { return }
    throw TemplateFault(
      "unknown key '\(unknown.key.shown())'\(NearName.suggestion(for: unknown.key, in: Array(asked))); "
        + "known keys: " + asked.sorted().joined(separator: ", "))
  }
}
