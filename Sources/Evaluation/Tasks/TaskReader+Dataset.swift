import Formats

extension TaskReader {
  /// `dataset_path`, `dataset_name` and what `dataset_kwargs` say about files.
  mutating func dataset() -> DatasetReference {
    var dataset = DatasetReference(
      path: string("dataset_path") ?? "", name: string("dataset_name") ?? "")
    let options = file["dataset_kwargs"]?.mapping ?? []
    for (key, setting) in options {
      switch key {
      case "data_files": dataset.files = files(setting)
      case "data_dir": dataset.folder = string(setting, key) ?? ""
      case "revision": dataset.revision = string(setting, key)
      case "field": dataset.format.field = string(setting, key)
      case "column_names", "names":
        dataset.format.columnNames = (setting.list ?? []).compactMap(\.string)
      case "sep", "delimiter":
        let separator = string(setting, key)?.utf8
        if separator?.count != 1 { report(setting, "'\(key.shown())' must be one ASCII character") }
        dataset.format.separator = separator?.first
      // What else the loaders take has no meaning here, or does not change the rows.
      default: break
      }
    }
    // As pandas has it: whoever gives names says that there is no header, unless told otherwise.
    let header = options.first { $0.key == "header" }?.value
    dataset.format.hasHeader = header.map { !$0.isNull } ?? dataset.format.columnNames.isEmpty
    if dataset.isLoader {
      dataset.format.loader = dataset.path
      if dataset.files.isEmpty {
        report(
          file["dataset_path"],
          "'dataset_path: \(dataset.path.shown())' needs 'dataset_kwargs: {data_files: …}'")
      }
    }
    if dataset.path.isEmpty, dataset.files.isEmpty {
      report(file["dataset_path"], "'dataset_path' is missing: the data set's name")
    }
    return dataset
  }

  /// A name, a list of names, a mapping from splits to either, or a list of `{split, path}`.
  private mutating func files(_ setting: TaskSetting) -> [String: [String]] {
    var files: [String: [String]] = [:]
    func entry(_ item: TaskSetting, _ key: String) -> TaskSetting? {
      item.mapping?.first { $0.key == key }?.value
    }
    var parts = setting.mapping ?? []
    if setting.mapping == nil {
      for item in setting.list ?? [setting] {
        parts.append((entry(item, "split")?.string ?? "train", entry(item, "path") ?? item))
      }
    }
    for (split, value) in parts {
      let names = (value.list ?? [value]).compactMap(\.string)
      if names.isEmpty { report(value, "'data_files' must name files") }
      files[split, default: []] += names
    }
    return files
  }
}
