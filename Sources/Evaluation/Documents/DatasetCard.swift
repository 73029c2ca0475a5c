import Formats
import Foundation
import Yams

/// What a data set's README.md says about its files, in the YAML at its top.
///
/// https://huggingface.co/docs/hub/datasets-manual-configuration
struct DatasetCard {
  struct Configuration {
    var name: String
    var isDefault = false
    /// Split → file patterns.
    var files: [String: [String]] = [:]
    var folder = ""
    var separator: UInt8?
  }
  private(set) var configurations: [Configuration] = []

  /// The card of the data set in `folder`; one without configurations where there is none.
  init(folder: String) throws(TaskError) {
    for name in [".huggingface.yaml", "README.md"] where configurations.isEmpty {
      let path = FileTree.join(folder, name)
      guard let bytes = try? ForeignBytes.whole(path: path, limit: 1 << 24) else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      let yaml = name == "README.md" ? Self.frontMatter(text) : text
      guard let yaml else { continue }
      do {
        let list = try compose(yaml: yaml)?.mapping?["configs"]?.sequence
        configurations = list?.compactMap(Self.configuration) ?? []
      } catch {
        throw .unreadable(path: path, problem: "the YAML at its top: \(error)")
      }
    }
  }

  /// The configuration `name`, or the default one when `name` is empty.
  func configuration(_ name: String) -> Configuration? {
    guard name.isEmpty else { return configurations.first { $0.name == name } }
    return configurations.first { $0.isDefault || $0.name == "default" }
      ?? (configurations.count == 1 ? configurations[0] : nil)
  }

  private static func frontMatter(_ text: String) -> String? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
      return nil
    }
    return lines[1..<end].joined(separator: "\n")
  }

  private static func configuration(_ node: Node) -> Configuration? {
    guard let name = node.mapping?["config_name"]?.scalar?.string else { return nil }
    var configuration = Configuration(name: name)
    configuration.isDefault = node.mapping?["default"]?.bool ?? false
    configuration.folder = node.mapping?["data_dir"]?.scalar?.string ?? ""
    let separator = (node.mapping?["sep"] ?? node.mapping?["delimiter"])?.scalar?.string.utf8
    configuration.separator = separator?.count == 1 ? separator?.first : nil
    guard let files = node.mapping?["data_files"] else { return configuration }
    for item in files.sequence.map(Array.init) ?? [files] {
      let split = item.mapping?["split"]?.scalar?.string ?? "train"
      let path = item.mapping?["path"] ?? item
      let patterns = path.sequence.map(Array.init) ?? [path]
      configuration.files[split, default: []] += patterns.compactMap(\.scalar?.string)
    }
    return configuration
  }
}
