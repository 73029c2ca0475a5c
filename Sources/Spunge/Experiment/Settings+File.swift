import Foundation
package import Yams

/// The settings in the YAML or JSON file `path`, overridden by `key=value` strings.
///
/// - Parameters:
///   - path: file with one mapping of setting names to values; nil for none.
///   - assignments: the values of `--set` on the command line, which take precedence.
/// - Returns: the mapping, with line numbers for messages.
/// - Throws: `SettingsError` naming the file.
package func settingsNode(file path: String?, assignments: [String]) throws -> Node {
  let mapping = try path.map(readMapping) ?? Node.Mapping([])
  return .mapping(mapping.overlaid(with: try settingsNode(assignments).mapping ?? Node.Mapping([])))
}

private func readMapping(_ path: String) throws -> Node.Mapping {
  do {
    let root = try Yams.compose(yaml: String(contentsOfFile: path, encoding: .utf8))
    guard let root, root.null == nil else { return Node.Mapping([]) }
    guard !root.isOversized else {
      throw SettingsError(problems: [
        .unusableFile("its aliases expand to more than \(Node.mostValues) values")
      ])
    }
    guard let mapping = root.mapping else {
      throw SettingsError(problems: [.unusableFile("it is not a mapping of 'name: value'")])
    }
    return mapping
  } catch var error as SettingsError {
    error.owner = path
    throw error
  } catch let error as YamlError {
    throw SettingsError(problems: [.unusableFile("it is not YAML: \(error)")], owner: path)
  } catch {
    let problem = SettingsError.Problem.unusableFile("there is no such readable text file")
    throw SettingsError(problems: [problem], owner: path)
  }
}
