package import Formats

/// Where a task's documents are to be found, as its file says it.
package struct DatasetReference: Sendable, Hashable {
  /// `dataset_path`, for example `allenai/ai2_arc`, a folder, or the name of a file format.
  package var path: String
  /// `dataset_name`, for example `ARC-Easy`; empty when there is none.
  package var name: String
  /// `dataset_kwargs.data_files`: split → file names or patterns.
  package var files: [String: [String]] = [:]
  /// `dataset_kwargs.data_dir`: a folder inside the data set's.
  package var folder = ""
  /// `dataset_kwargs.revision`: branch, tag or commit of the data set's repository.
  package var revision: String?
  /// How the rows are written.
  package var format = DocumentFormat()

  /// Names that `datasets` takes for loaders of plain files instead of data sets.
  static let loaders = ["csv", "json", "parquet"]
  var isLoader: Bool { Self.loaders.contains(path) }

  /// `dataset_path` is a folder on this machine.
  var isFolder: Bool { ["/", "./", "../", "~/"].contains { path.hasPrefix($0) } }
}
