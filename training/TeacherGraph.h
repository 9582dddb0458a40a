// TeacherGraph: a student and its teacher as one graph, so that losses may compare anything that both give.
#pragma once

#include "runtime/base/Result.h"
#include "zoo/Model.h"

#include <string_view>

namespace clew {

/// The path under which the teacher's parameters stand in the graph of both. They are no part of what is saved, and learn nothing.
inline constexpr std::string_view kTeacherPath = "teacher";
/// The path of what a loss learns for itself (`project`): no part of what is saved either.
inline constexpr std::string_view kDistilPath = "distil";

/// Whether the parameter is the student's own.
bool isStudents(std::string_view parameter);

/// `student` with the nodes of `teacher` behind its own, without dropout. The teacher reads inputs of its own, called and levelled like
/// its own with "teacher_" before. An output X of it is called "teacher.X"; of its tokens' rows those at the input teacher_places, one
/// for each token of the student. BadInput if the student has a step called like one of the two paths above; Unsupported if either reads
/// more than ids, segments and offsets.
Result<Model> withTeacher(const Model &student, const Model &teacher);

} // namespace clew
