/* libxlsxwriter in constant_memory: TEMPLATES NUMBERS FILE, or one word to print the version.
 *
 * It does no training: the values come from a file made beforehand. A line of TEMPLATES has tabs between its fields;
 * byte 1 stands for the number of a formula's own row, byte 2 for that of the row above, byte 3 for a bare value.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

enum { HERE = 1, ABOVE = 2, BARE = 3, FIELDS = 5, ROOM = 16384 };

typedef struct {
    char *first, *template;
    lxw_format *format;
} Column;

typedef struct {
    long sheets, rows, columns, header_row, loss_column;
} Counts;

static void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

/* Cut the next line at its tabs; the fields live until the line is read again. */
static int next_line(FILE *file, char **line, size_t *room, char *fields[FIELDS]) {
    ssize_t length = getline(line, room, file);
    if (length <= 0)
        return 0;
    if ((*line)[length - 1] == '\n')
        (*line)[length - 1] = '\0';
    int count = 0;
    for (char *at = *line; at && count < FIELDS; count++) {
        fields[count] = at;
        if ((at = strchr(at, '\t')))
            *at++ = '\0';
    }
    return count;
}

/* Put the row numbers into a template. */
static void spell(char *out, const char *template, const char *here, const char *above) {
    char *end = out + ROOM - 16;
    for (; *template && out < end; template++) {
        const char *number = *template == HERE ? here : *template == ABOVE ? above : NULL;
        if (!number)
            *out++ = *template;
        else
            while (*number)
                *out++ = *number++;
    }
    *out = '\0';
}

static lxw_format *format_of(lxw_workbook *book, const char *look) {
    lxw_format *format = workbook_add_format(book);
    format_set_num_format(format, look);
    return format;
}

static void write_cell(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const char *formula, Column *column,
                       double value) {
    if (isnan(value))
        worksheet_write_formula_str(sheet, row, col, formula, column->format, "#NUM!");
    else
        worksheet_write_formula_num(sheet, row, col, formula, column->format, value);
}

static void write_rows(lxw_worksheet *sheet, Counts counts, Column *columns, FILE *numbers) {
    static char formula[ROOM];
    double *values = malloc((size_t)counts.columns * sizeof *values);
    for (long index = 0; index < counts.rows; index++) {
        lxw_row_t row = (lxw_row_t)(counts.header_row + index);
        char here[16], above[16];
        snprintf(here, sizeof here, "%lu", (unsigned long)row + 1);
        snprintf(above, sizeof above, "%lu", (unsigned long)row);
        if (fread(values, sizeof *values, (size_t)counts.columns, numbers) != (size_t)counts.columns)
            fail("the numbers are cut short");
        for (long col = 0; col < counts.columns; col++) {
            Column *column = &columns[col];
            if (index == 0 && column->first[0] == BARE) {
                worksheet_write_number(sheet, row, (lxw_col_t)col, values[col], column->format);
                continue;
            }
            spell(formula, index == 0 && column->first[0] ? column->first : column->template, here, above);
            write_cell(sheet, row, (lxw_col_t)col, formula, column, values[col]);
        }
    }
    free(values);
}

/* Read the head and the columns of one sheet; the first line not of this sheet is the next S, left in `fields`. */
static int read_sheet(lxw_workbook *book, lxw_worksheet *sheet, Counts counts, Column *columns, FILE *templates,
                      char **line, size_t *room, char *fields[FIELDS]) {
    long col = 0;
    int count;
    while ((count = next_line(templates, line, room, fields)) && fields[0][0] != 'S') {
        if (fields[0][0] == 'H') {
            worksheet_write_number(sheet, (lxw_row_t)atol(fields[1]) - 1, (lxw_col_t)atol(fields[2]) - 1,
                                   strtod(fields[3], NULL), NULL);
        } else if (count == FIELDS && col < counts.columns) {
            worksheet_write_string(sheet, (lxw_row_t)counts.header_row - 1, (lxw_col_t)col, fields[1], NULL);
            columns[col].format = format_of(book, fields[2]);
            columns[col].first = strdup(fields[3]);
            columns[col++].template = strdup(fields[4]);
        }
    }
    if (col != counts.columns)
        fail("the templates are cut short");
    return count;
}

static void add_curve(lxw_chart *chart, const char *name, Counts counts) {
    char epochs[128], losses[128], loss[8];
    lxw_col_to_name(loss, (lxw_col_t)counts.loss_column - 1, 1);
    long first = counts.header_row + 1, last = counts.header_row + counts.rows;
    snprintf(epochs, sizeof epochs, "='%s'!$A$%ld:$A$%ld", name, first, last);
    snprintf(losses, sizeof losses, "='%s'!%s$%ld:%s$%ld", name, loss, first, loss, last);
    chart_series_set_name(chart_add_series(chart, epochs, losses), name);
}

static void write_book(lxw_workbook *book, FILE *templates, FILE *numbers) {
    char *line = NULL, *fields[FIELDS];
    size_t room = 0;
    if (next_line(templates, &line, &room, fields) != FIELDS)
        fail("the templates are empty");
    Counts counts = {atol(fields[0]), atol(fields[1]), atol(fields[2]), atol(fields[3]), atol(fields[4])};
    Column *columns = calloc((size_t)counts.columns, sizeof *columns);
    lxw_chart *chart = workbook_add_chart(book, LXW_CHART_SCATTER_STRAIGHT);
    chart_title_set_name(chart, "E_Total at every epoch");
    int more = next_line(templates, &line, &room, fields);
    for (long index = 0; index < counts.sheets && more; index++) {
        char name[64];
        snprintf(name, sizeof name, "%s", fields[1]);
        lxw_worksheet *sheet = workbook_add_worksheet(book, name);
        more = read_sheet(book, sheet, counts, columns, templates, &line, &room, fields);
        write_rows(sheet, counts, columns, numbers);
        add_curve(chart, name, counts);
        if (index == 0)
            worksheet_insert_chart(sheet, (lxw_row_t)counts.header_row - 1, (lxw_col_t)counts.columns + 1, chart);
    }
}

int main(int count, char **words) {
    if (count != 4) {
        puts(lxw_version());
        return 0;
    }
    FILE *templates = fopen(words[1], "rb"), *numbers = fopen(words[2], "rb");
    if (!templates || !numbers)
        fail("the templates or numbers cannot be read");
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    lxw_workbook *book = workbook_new_opt(words[3], &options);
    write_book(book, templates, numbers);
    lxw_error error = workbook_close(book);
    if (error)
        fail(lxw_strerror(error));
    return 0;
}
